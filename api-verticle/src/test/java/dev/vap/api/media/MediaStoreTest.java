package dev.vap.api.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MediaStoreTest {

    @TempDir
    Path folder;

    private Path root;
    private MediaStore store;

    @BeforeEach
    void make() {
        root = folder.resolve("media");
        store = new MediaStore(root, 100);
    }

    private static ByteRange whole(long size) {
        return ByteRange.of(null, String.valueOf(size));
    }

    private static ByteRange range(String contentRange) {
        return ByteRange.of(contentRange, null);
    }

    private static List<ByteBuffer> bytes(int count) {
        return List.of(ByteBuffer.wrap(new byte[count]));
    }

    private static void assertConflict(Runnable action, String sentence) {
        assertThatThrownBy(action::run)
                .isInstanceOfSatisfying(
                        VapException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MEDIA_CONFLICT))
                .hasMessage(sentence);
    }

    @Test
    void aWholeFileAppearsAtItsEndOnly() throws IOException {
        try (PartFile part = store.open("a.mp4", whole(30))) {
            part.write(bytes(10));
            part.write(bytes(20));
            assertThat(root.resolve("a.mp4")).doesNotExist();
            assertThat(part.finish().complete()).isTrue();
        }
        assertThat(root.resolve("a.mp4")).hasSize(30);
        assertThat(root.toFile().list()).containsExactly("a.mp4");
        assertThat(store.find("a.mp4").received()).isEqualTo(30);
    }

    @Test
    void whatWasCutOffIsGoneOnWith() throws IOException {
        try (PartFile part = store.open("a.mp4", whole(30))) {
            part.write(bytes(10));
        }
        MediaFile cut = store.find("a.mp4");
        assertThat(cut.complete()).isFalse();
        assertThat(cut.received()).isEqualTo(10);
        assertThat(cut.size()).hasValue(30);

        assertConflict(
                () -> store.open("a.mp4", whole(30)),
                "Of \"a.mp4\" 10 bytes are there: go on at byte 10 with a Content-Range, or delete what there is of it.");
        assertConflict(
                () -> store.open("a.mp4", range("bytes 9-29/30")),
                "Of \"a.mp4\" 10 bytes are there: go on at byte 10 with a Content-Range, or delete what there is of it.");
        assertConflict(
                () -> store.open("a.mp4", range("bytes 10-30/31")),
                "\"a.mp4\" was begun as a file of 30 bytes, not of 31: go on with the same file, or delete what there is"
                        + " of it.");
        try (PartFile part = store.open("a.mp4", range("bytes 10-19/30"))) {
            part.write(bytes(10));
            assertThat(part.finish().complete()).isFalse();
        }
        try (PartFile part = store.open("a.mp4", range("bytes 20-29/30"))) {
            part.write(bytes(10));
            assertThat(part.finish().complete()).isTrue();
        }
        assertConflict(
                () -> store.open("a.mp4", whole(30)),
                "There is a file \"a.mp4\" already: delete it first, or take another name.");
    }

    @Test
    void aFileWhoseSizeNobodySaidMayBeGoneOnWithOnceItIsKnown() throws IOException {
        try (PartFile part = store.open("a.mp4", ByteRange.of(null, null))) {
            part.write(bytes(10));
        }
        assertThat(store.find("a.mp4").size()).isEqualTo(OptionalLong.empty());
        try (PartFile part = store.open("a.mp4", range("bytes 10-11/12"))) {
            part.write(bytes(2));
            assertThat(part.finish().complete()).isTrue();
        }
        assertThat(root.toFile().list()).containsExactly("a.mp4");
    }

    @Test
    void nothingIsLeftOfWhatNeverBegan() throws IOException {
        store.open("a.mp4", whole(30)).close();
        assertThat(root.toFile().list()).isEmpty();
        assertConflict(
                () -> store.open("a.mp4", range("bytes 5-29/30")),
                "Nothing of \"a.mp4\" is there yet: begin at byte 0.");
        assertThat(root.toFile().list()).isEmpty();
    }

    @Test
    void twoAtOnceAreRefused() throws IOException {
        String sentence = "\"a.mp4\" is being uploaded by somebody else: wait for its end, or take another name.";
        try (PartFile part = store.open("a.mp4", whole(30))) {
            assertConflict(() -> store.open("a.mp4", whole(30)), sentence);
            assertConflict(() -> store.delete("a.mp4"), sentence);
            assertConflict(() -> new MediaStore(root, 100).open("a.mp4", whole(30)), sentence);
            part.write(bytes(1));
        }
        store.open("a.mp4", range("bytes 1-29/30")).close();
    }

    @Test
    void aFileThatIsTooLargeIsRefusedAsSoonAsThatIsKnown() throws IOException {
        assertThatThrownBy(() -> store.open("a.mp4", whole(101)))
                .isInstanceOfSatisfying(
                        VapException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.PAYLOAD_TOO_LARGE))
                .hasMessage("The file is larger than 100 bytes: make it smaller, or start VAP with another"
                        + " MEDIA_MAX_BYTES.");
        try (PartFile part = store.open("a.mp4", ByteRange.of(null, null))) {
            part.write(bytes(100));
            assertThatThrownBy(() -> part.write(bytes(1))).hasMessageStartingWith("The file is larger than 100 bytes");
        }
        assertThat(root.toFile().list()).as("it would never come to an end").isEmpty();
        try (PartFile part = store.open("a.mp4", whole(10))) {
            assertThatThrownBy(() -> part.write(bytes(11)))
                    .hasMessage("The body is longer than the 10 bytes it began with.");
        }
        assertThatThrownBy(() -> store.open("a.mp4", whole(0))).hasMessageStartingWith("The body is empty");
    }

    @Test
    void aFullDiskIsToldBeforeAnythingIsSent() {
        MediaStore full = new MediaStore(root, 100, path -> 29);
        assertThatThrownBy(() -> full.open("a.mp4", whole(30)))
                .isInstanceOfSatisfying(
                        VapException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MEDIA_DISK_FULL));
        assertThat(root.toFile().list()).isEmpty();
        assertThat(MediaStore.explain(new IOException("No space left on device"))
                        .code())
                .isEqualTo(ErrorCode.MEDIA_DISK_FULL);
        assertThat(MediaStore.explain(new IOException("Input/output error")).code())
                .isEqualTo(ErrorCode.INTERNAL);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../a.mp4",
                "a/b.mp4",
                ".hidden",
                "..",
                "",
                " a.mp4",
                "a.mp4 ",
                "a.",
                "a\u0000b",
                "a\nb",
                "a:b",
                "a\\b",
                "-rf"
            })
    void refusesNamesThatAreNotPlain(String name) {
        assertThatThrownBy(() -> store.open(name, whole(1)))
                .isInstanceOfSatisfying(
                        VapException.class, e -> assertThat(e.code().kind()).isEqualTo(ErrorCode.Kind.BAD_REQUEST));
        assertThat(root).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.mp4", "Eingang Süd (2) [neu].mp4", "вход 1.mkv", "_x", "a.5", "1", "a'b & c,d=e.ts"})
    void takesPlainNames(String name) throws IOException {
        try (PartFile part = store.open(name, whole(7))) {
            part.write(bytes(3));
        }
        assertThat(store.find(name).received()).isEqualTo(3);
        assertThat(store.list(null, 10).files()).extracting(MediaFile::name).containsExactly(name);
        store.delete(name);
        assertThat(root.toFile().list()).isEmpty();
    }

    @Test
    void aNameIsNeverTakenForThePartOfAnother() throws IOException {
        try (PartFile part = store.open("a.5", whole(7))) {
            part.write(bytes(3));
        }
        assertThatThrownBy(() -> store.find("a")).isInstanceOfSatisfying(VapException.class, e -> assertThat(e.code())
                .isEqualTo(ErrorCode.MEDIA_NOT_FOUND));
        assertThatThrownBy(() -> store.find("a.".repeat(150) + "b")).hasMessageContaining("at most 200 bytes");
    }

    @Test
    void listsByNameAPageAtATime() throws IOException {
        assertThat(store.list(null, 10).files()).as("no folder yet").isEmpty();
        Files.createDirectories(root.resolve("sub"));
        Files.createFile(root.resolve(".other"));
        for (String name : List.of("c", "a", "d", "b")) {
            Files.write(root.resolve(name), new byte[] {1});
        }
        try (PartFile part = store.open("bb", whole(7))) {
            part.write(bytes(3));
        }
        MediaStore.Page first = store.list(null, 3);
        assertThat(first.files()).extracting(MediaFile::name).containsExactly("a", "b", "bb");
        assertThat(first.files()).extracting(MediaFile::complete).containsExactly(true, true, false);
        MediaStore.Page second = store.list(first.next(), 3);
        assertThat(second.files()).extracting(MediaFile::name).containsExactly("c", "d");
        assertThat(second.next()).isNull();
    }

    @Test
    void removesWhatNobodyGoesOnWith() throws IOException {
        for (String name : List.of("old", "new")) {
            try (PartFile part = store.open(name, whole(7))) {
                part.write(bytes(3));
            }
        }
        Files.write(root.resolve("kept.mp4"), new byte[] {1});
        Instant now = Instant.parse("2026-01-01T12:00:00Z");
        setModified(".old.7.part", now.minus(Duration.ofMinutes(61)));
        setModified(".new.7.part", now.minus(Duration.ofMinutes(59)));
        setModified("kept.mp4", now.minus(Duration.ofDays(61)));

        assertThat(store.removeAbandoned(now)).isEqualTo(1);
        assertThat(root.toFile().list()).containsExactlyInAnyOrder(".new.7.part", "kept.mp4");
    }

    private void setModified(String name, Instant at) throws IOException {
        Files.setLastModifiedTime(root.resolve(name), FileTime.from(at));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "bytes 0-9/10x",
                "bytes 5-4/10",
                "bytes 0-10/10",
                "bytes 0-9/*",
                "items 0-9/10",
                "bytes 0-8/10",
                "bytes 99999999999999999999-1/2",
                ""
            })
    void refusesRangesThatMakeNoSense(String text) {
        assertThatThrownBy(() -> ByteRange.of(text, "10"))
                .hasMessage(
                        "Content-Range must say which bytes of how many the body is, such as bytes 100-199/200 for a"
                                + " body of 100.");
    }
}

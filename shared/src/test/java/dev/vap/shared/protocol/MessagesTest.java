package dev.vap.shared.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vap.shared.domain.BoundingBox;
import dev.vap.shared.domain.Detection;
import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.domain.ScenarioStatus;
import dev.vap.shared.domain.SourceFault;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class MessagesTest {

    private static final UUID A = UUID.fromString("00000000-0000-7000-8000-00000000000a");
    private static final UUID B = UUID.fromString("00000000-0000-7000-8000-00000000000b");
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05.678Z");
    private static final ScenarioOptions OPTIONS = ScenarioOptions.builder()
            .fps(5.0)
            .loop(true)
            .confidence(0.25)
            .classes(List.of("person"))
            .rtspTransport("udp")
            .hwaccel("auto")
            .tlsVerify(true)
            .build();
    private static final List<Detection> DETECTIONS =
            List.of(new Detection("person", 0, 0.9f, new BoundingBox(1, 2, 3.5f, 4.25f)));

    @Test
    void readBackWhatTheyWrite() {
        ScenarioCommand command =
                new ScenarioCommand(A, ScenarioCommand.Kind.STOP, B, "rtsp://u:p@h/x", "yolox-nano", OPTIONS, 7, null);
        assertThat(ScenarioCommand.parse(command.toJson().encode())).isEqualTo(command);
        ScenarioCommand update = new ScenarioCommand(
                A, ScenarioCommand.Kind.UPDATE, B, "rtsp://h/x", "yolox-nano", OPTIONS, 7, "options changed", true);
        assertThat(ScenarioCommand.parse(update.toJson().encode())).isEqualTo(update);
        JsonObject olderUpdate = wire(update.toJson());
        olderUpdate.remove("live");
        assertThat(ScenarioCommand.parse(olderUpdate.encode()).live()).isFalse();

        DeployCommand deploy = new DeployCommand(
                A, DeployCommand.Kind.DEPLOY, "r1", B, B, A, 7, "file:/x.mp4", "people", OPTIONS, 42, 1);
        assertThat(DeployCommand.parse(deploy.toJson().encode())).isEqualTo(deploy);
        DeployCommand change = deploy.with(ScenarioOptions.DEFAULTS, 12);
        assertThat(DeployCommand.parse(change.toJson().encode())).isEqualTo(change);
        JsonObject olderDeploy = wire(change.toJson());
        olderDeploy.remove("revision");
        assertThat(DeployCommand.parse(olderDeploy.encode()).revision()).isEqualTo(-1);
        AssignedSet set = new AssignedSet(
                B,
                List.of(new AssignedSet.Held(A, B, 7, true), new AssignedSet.Held(B, A, 3, true, OPTIONS, 12)),
                List.of(deploy));
        assertThat(AssignedSet.fromJson(wire(set.toJson()))).isEqualTo(set);

        RetryMessage retry = new RetryMessage(A, B, A, "r1", 3, 2, "401 Unauthorized", true);
        assertThat(RetryMessage.parse(retry.toJson().encode())).isEqualTo(retry);

        ResultMessage result =
                new ResultMessage(A, B, 3, 1200, NOW, 0, 40_000, 768, 432, "yolox-nano", "onnx", 14.5, DETECTIONS);
        assertThat(ResultMessage.parse(result.toJson().encode())).isEqualTo(result);
        assertThat(result.toJson().containsKey("gated")).isFalse();
        JsonObject live = result.toJson();
        live.remove("v");
        live.remove("message_id");
        assertThat(result.toLiveJson()).isEqualTo(live);
        ResultMessage gated = new ResultMessage(
                A, B, 3, 1201, NOW, 0, 40_100, 768, 432, "m", ResultMessage.NO_DETECTOR, 0, List.of(), true);
        assertThat(ResultMessage.parse(gated.toJson().encode())).isEqualTo(gated);
        assertThat(gated.toJson().getBoolean("gated")).isTrue();
        Detection car = new Detection(
                "car",
                2,
                0.5f,
                new BoundingBox(1, 2, 3, 4),
                List.of(new Detection.Attribute("colours", "red", 0.75f)),
                Detection.NO_PARENT);
        Detection plate = new Detection("plate", 0, 0.5f, new BoundingBox(1, 2, 2, 3), List.of(), 0);
        assertThat(Detection.listFromJson(Detection.toJson(List.of(car, plate))))
                .containsExactly(car, plate);
        assertThat(DETECTIONS.get(0).toJson().fieldNames()).containsExactly("class", "class_id", "confidence", "bbox");

        StatusChanged changed = new StatusChanged(
                A,
                B,
                7,
                ScenarioStatus.ACTIVE,
                ScenarioStatus.INIT_SHUTDOWN,
                "end of file",
                3,
                "orchestrator",
                "x",
                NOW);
        assertThat(StatusChanged.parse(changed.toJson().encode())).isEqualTo(changed);
        StatusChanged deleted = new StatusChanged(A, B, 7, ScenarioStatus.INACTIVE, null, null, 3, "api", "x", NOW);
        assertThat(StatusChanged.parse(deleted.toJson().encode())).isEqualTo(deleted);

        SessionReport session = new SessionReport(
                A,
                B,
                3,
                SessionReport.State.RUNNING,
                99,
                100,
                1394,
                24.5,
                "onnx",
                new SessionReport.SourceReport("streaming", null, null, 0, -1, 12, "h264", 768, 432, 10, null, null),
                null,
                Map.of("sampling", 5L),
                12,
                new SessionReport.InferenceReport("m", "open", "it is gone", "node-1", true),
                Map.of("person", 2, "car", 1));
        JsonObject olderReport = wire(session.toJson());
        olderReport.remove("objects");
        assertThat(SessionReport.fromJson(olderReport).objects())
                .as("from a runner that does not say so")
                .isNull();

        Heartbeat heartbeat =
                new Heartbeat("r1", A, 1, "host", 4711, 16, false, true, 2, -7, List.of(session), List.of(session));
        assertThat(Heartbeat.fromJson(wire(heartbeat.toJson()))).isEqualTo(heartbeat);
        HeartbeatReply reply = new HeartbeatReply(List.of(A), List.of(B), Map.of(A, SessionReport.State.RUNNING));
        assertThat(HeartbeatReply.fromJson(wire(reply.toJson()))).isEqualTo(reply);

        ModelInfo model = new ModelInfo(
                "yolox-nano",
                "onnx",
                true,
                null,
                new InputSpec(416, 416, InputSpec.Fit.LETTERBOX, InputSpec.Pixels.BGR),
                List.of("person"),
                new ModelInfo.Details(ModelInfo.DETECT, "yolox", "Apache-2.0", "cpu", 2, 1));
        assertThat(ModelInfo.fromJson(wire(model.toJson()))).isEqualTo(model);

        InferenceAnnouncement announcement = new InferenceAnnouncement(
                "a1", "host", "process", false, 2, List.of(new InferenceAnnouncement.Load("yolox-nano", 3, 64, true)));
        assertThat(InferenceAnnouncement.fromJson(wire(announcement.toJson()))).isEqualTo(announcement);
    }

    @Test
    void sayWhatCantBeRead() {
        Map<String, Function<String, ?>> parsers = Map.of(
                "command", ScenarioCommand::parse,
                "deploy", DeployCommand::parse,
                "retry", RetryMessage::parse,
                "result", ResultMessage::parse,
                "status", StatusChanged::parse);
        parsers.forEach((name, parser) -> {
            for (String text : new String[] {null, "", "{", "[]", "7", "{}", "{\"v\":\"1\"}", "{\"v\":1}"}) {
                assertThatThrownBy(() -> parser.apply(text))
                        .as(name + " of " + text)
                        .isInstanceOf(MessageFormatException.class);
            }
        });
        assertThatThrownBy(() -> ScenarioCommand.parse("{\"v\":2}")).hasMessage("message version 2 is newer than 1");
        assertThatThrownBy(() -> ResultMessage.parse("{\"v\":1,\"message_id\":\"x\"}"))
                .hasMessage("field \"message_id\" has a value that can't be read");
        JsonObject broken = new JsonObject(new ResultMessage(A, B, 3, 1, NOW, 0, 0, 1, 1, "m", "onnx", 1, DETECTIONS)
                .toJson()
                .encode());
        broken.getJsonArray("detections").getJsonObject(0).remove("bbox");
        assertThatThrownBy(() -> ResultMessage.parse(broken.encode())).isInstanceOf(MessageFormatException.class);
    }

    @Test
    void probesAndDiscoveriesReadBackWhatTheyWrite() {
        ProbeRequest request = new ProbeRequest("rtsp://u:p@h/x", OPTIONS, 10_000);
        assertThat(ProbeRequest.fromJson(wire(request.toJson()))).isEqualTo(request);

        ProbeRequest shown = new ProbeRequest("rtsp://u:p@h/x", OPTIONS, 10_000, true);
        assertThat(ProbeRequest.fromJson(wire(shown.toJson()))).isEqualTo(shown);

        ProbeReport found = new ProbeReport(
                null, null, "rtsp://h/x", true, "rtsp", "h264", 1920, 1080, 25.0, 4_000_000, 812, -1, -1, "r1", "/9j/");
        assertThat(ProbeReport.fromJson(wire(found.toJson()))).isEqualTo(found);
        assertThat(found.toJson().getBoolean("ok")).isTrue();
        ProbeReport failed = ProbeReport.failed(SourceFault.UNAUTHORIZED, "The camera refused the password.", "r1");
        assertThat(ProbeReport.fromJson(wire(failed.toJson()))).isEqualTo(failed);
        assertThat(failed.toJson().getBoolean("ok")).isFalse();
        assertThat(ProbeReport.fromJson(wire(failed.toJson().put("fault", "of_a_newer_version")))
                        .fault())
                .as("a fault that this version does not know is still one")
                .isEqualTo(SourceFault.IO);

        DiscoverRequest discover = new DiscoverRequest(3_000);
        assertThat(DiscoverRequest.fromJson(wire(discover.toJson()))).isEqualTo(discover);
        DiscoverReport devices = new DiscoverReport(
                List.of(
                        new DiscoverReport.Device("onvif://10.0.0.5", "http://10.0.0.5/onvif", "Door", "C1", "Hall"),
                        new DiscoverReport.Device("onvif://10.0.0.6:8000", "http://10.0.0.6:8000/", null, null, null)),
                "r1");
        assertThat(DiscoverReport.fromJson(wire(devices.toJson()))).isEqualTo(devices);

        assertThatThrownBy(() -> ProbeRequest.fromJson(new JsonObject(
                        "{\"v\":1,\"camera_url\":\"x\",\"timeout_ms\":1," + "\"options\":{\"speed\":1}}")))
                .isInstanceOf(MessageFormatException.class)
                .hasMessageStartingWith("field \"options\": ");
        assertThatThrownBy(() -> DiscoverRequest.fromJson(new JsonObject("{\"v\":1}")))
                .hasMessage("field \"wait_ms\" is missing");
    }

    @Test
    void countsObjectsAndLeavesOutTheRarestOfTooMany() {
        assertThat(SessionReport.count(null)).isNull();
        assertThat(SessionReport.count(List.of())).isEmpty();
        List<Detection> many = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            for (int n = 0; n <= i; n++) {
                many.add(new Detection("class " + i, i, 0.5f, new BoundingBox(1, 2, 3, 4)));
            }
        }
        assertThat(SessionReport.count(many))
                .hasSize(SessionReport.MAX_CLASSES)
                .containsEntry("class 29", 30)
                .containsEntry("class 10", 11)
                .doesNotContainKey("class 9");
    }

    @Test
    void previewsTravelBetweenProcesses() {
        PreviewPicture picture = new PreviewPicture(A, 3, 99, NOW, -1, 1920, 1080, Buffer.buffer(new byte[] {1, 2, 3}));
        PreviewCodec codec = new PreviewCodec();
        Buffer wire = Buffer.buffer("before");
        codec.encodeToWire(wire, picture);
        assertThat(codec.decodeFromWire(6, wire)).isEqualTo(picture);
        assertThat(codec.transform(picture)).isSameAs(picture);
        for (int length = 7; length < wire.length(); length++) {
            Buffer cut = wire.getBuffer(0, length);
            assertThatThrownBy(() -> codec.decodeFromWire(6, cut)).isInstanceOf(MessageFormatException.class);
        }
        PreviewDemand demand = new PreviewDemand(A, 3_000);
        assertThat(PreviewDemand.fromJson(wire(demand.toJson()))).isEqualTo(demand);
        assertThat(PreviewDemand.fromJson(new PreviewDemand(A, 1L << 50).toJson())
                        .ttlMillis())
                .isEqualTo(PreviewDemand.MAX_TTL_MILLIS);
    }

    @Test
    void sourceReportsCarryWhatIsWrong() {
        SessionReport.SourceReport backingOff = new SessionReport.SourceReport(
                "backing_off", "401", SourceFault.UNAUTHORIZED, 3, 59_000, -1, null, 0, 0, 0, "rtcp", "vaapi");
        SessionReport session = new SessionReport(
                A, B, 3, SessionReport.State.STARTING, -1, 0, -1, 0, null, backingOff, "401", Map.of());
        assertThat(SessionReport.fromJson(wire(session.toJson()))).isEqualTo(session);

        JsonObject older = wire(session.toJson());
        List.of("fault", "attempts", "retry_ms", "clock", "hwaccel").forEach(older.getJsonObject("source")::remove);
        assertThat(SessionReport.fromJson(older).source())
                .as("from a runner that does not say so much")
                .isEqualTo(new SessionReport.SourceReport(
                        "backing_off", "401", null, 0, -1, -1, null, 0, 0, 0, null, null));
    }

    @Test
    void theAgeOfAResultIsUnknownIfItIsNotSaid() {
        ResultMessage result = new ResultMessage(A, B, 3, 1, NOW, 250, 0, 1, 1, "m", "onnx", 1, DETECTIONS);
        JsonObject json = new JsonObject(result.toJson().encode());
        assertThat(ResultMessage.parse(json.encode()).ageMillis()).isEqualTo(250);
        json.remove("age_ms");
        assertThat(ResultMessage.parse(json.encode()).ageMillis()).isEqualTo(-1);
    }

    @Test
    void neverShowCredentials() {
        assertThat(new ScenarioCommand(A, ScenarioCommand.Kind.START, B, "rtsp://u:secret@h/x", "m", OPTIONS, 1, null))
                .asString()
                .doesNotContain("secret");
        assertThat(new ProbeRequest("rtsp://u:secret@h/x", OPTIONS, 1))
                .asString()
                .doesNotContain("secret");
        DeployCommand deploy = new DeployCommand(
                A, DeployCommand.Kind.DEPLOY, "r1", B, B, A, 7, "rtsp://u:secret@h/x", "people", OPTIONS, 42, 1);
        assertThat(deploy.toString()).doesNotContain("secret");
    }

    @Test
    void framesCrossTheWireWithTheirPixels() {
        FrameBuffer pixels = FrameBuffer.unpooled(100);
        for (int i = 0; i < 24; i++) {
            pixels.memory().put(i, (byte) (i * 7));
        }
        InferenceRequest request = new InferenceRequest(
                "s/1",
                5,
                200,
                pixels,
                4,
                2,
                3,
                InferenceRequest.Encoding.RAW,
                768,
                432,
                new Placement(0.5, 0.25, 3, 4),
                Float.NaN,
                0.45f,
                List.of("person"),
                System.nanoTime() + 5_000_000_000L);
        InferenceCodecs.RequestCodec codec = new InferenceCodecs.RequestCodec();
        Buffer wire = Buffer.buffer("head");
        codec.encodeToWire(wire, request);
        InferenceRequest read = codec.decodeFromWire(4, wire);
        assertThat(read.stream()).isEqualTo("s/1");
        assertThat(read.width()).isEqualTo(4);
        assertThat(read.placement()).isEqualTo(new Placement(0.5, 0.25, 3, 4));
        assertThat(read.minConfidence()).isNaN();
        assertThat(read.nmsIou()).isEqualTo(0.45f);
        assertThat(read.classes()).containsExactly("person");
        assertThat(read.remainingMillis(System.nanoTime())).isBetween(4000L, 5000L);
        for (int i = 0; i < 24; i++) {
            assertThat(read.pixels().memory().get(i)).isEqualTo((byte) (i * 7));
        }
        assertThat(codec.transform(request)).isSameAs(request);
    }

    private static InferenceRequest smallFrame() {
        return new InferenceRequest(
                "s/1",
                5,
                200,
                FrameBuffer.unpooled(24),
                4,
                2,
                3,
                InferenceRequest.Encoding.RAW,
                768,
                432,
                Placement.SAME,
                Float.NaN,
                Float.NaN,
                List.of(),
                0);
    }

    @Test
    void framesFromOtherProcessesUseTheSameMemoryAgain() {
        InferenceCodecs.RequestCodec codec = new InferenceCodecs.RequestCodec();
        Buffer wire = Buffer.buffer();
        codec.encodeToWire(wire, smallFrame());
        FrameBuffer first = codec.decodeFromWire(0, wire).pixels();
        FrameBuffer second = codec.decodeFromWire(0, wire).pixels();
        assertThat(second).as("the first is in use").isNotSameAs(first);

        first.retain();
        first.releaseReceived();
        first.releaseReceived();
        assertThat(codec.decodeFromWire(0, wire).pixels())
                .as("the handler still needs it")
                .isNotSameAs(first);
        first.release();
        assertThat(codec.decodeFromWire(0, wire).pixels()).isSameAs(first);

        for (int i = 0; i < 2 * ReceivedFrames.REUSED; i++) {
            assertThat(codec.decodeFromWire(0, wire).pixels().memory().capacity())
                    .isEqualTo(24);
        }
        FrameBuffer own = FrameBuffer.unpooled(1);
        own.releaseReceived();
        assertThat(own.memory()).as("still its sender's").isNotNull();
    }

    @Test
    void refusesAFrameThatDoesNotFitItsMessage() {
        InferenceCodecs.RequestCodec codec = new InferenceCodecs.RequestCodec();
        Buffer wire = Buffer.buffer();
        codec.encodeToWire(wire, smallFrame());
        Buffer cut = wire.getBuffer(0, wire.length() - 1);
        assertThatThrownBy(() -> codec.decodeFromWire(0, cut)).isInstanceOf(MessageFormatException.class);
    }

    @Test
    void memoryOfAFrameThatCantBeReadIsUsedAgain() {
        InferenceCodecs.RequestCodec codec = new InferenceCodecs.RequestCodec();
        Buffer wire = Buffer.buffer();
        codec.encodeToWire(wire, smallFrame());
        Buffer wrong =
                Buffer.buffer(wire.toString(StandardCharsets.ISO_8859_1).replace("pts_ms", "pts_xx"), "ISO-8859-1");
        for (int i = 0; i < 2 * ReceivedFrames.REUSED; i++) {
            assertThatThrownBy(() -> codec.decodeFromWire(0, wrong)).isInstanceOf(MessageFormatException.class);
        }
        FrameBuffer pixels = codec.decodeFromWire(0, wire).pixels();
        pixels.releaseReceived();
        assertThat(codec.decodeFromWire(0, wire).pixels()).isSameAs(pixels);
    }

    @Test
    void repliesCrossTheWire() {
        InferenceReply reply = new InferenceReply(DETECTIONS, "onnx", 10, 20);
        InferenceCodecs.ReplyCodec codec = new InferenceCodecs.ReplyCodec();
        Buffer wire = Buffer.buffer();
        codec.encodeToWire(wire, reply);
        assertThat(codec.decodeFromWire(0, wire)).isEqualTo(reply);
        assertThat(codec.transform(reply)).isSameAs(reply);
    }

    private static JsonObject wire(JsonObject json) {
        return new JsonObject(json.encode());
    }
}

package dev.vap.runner.onvif;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Which of a device's streams to watch. */
final class ProfileChoice {
    private static final Comparator<Profile> SMALLEST =
            Comparator.comparingLong(Profile::pixels).thenComparing(Profile::codec);
    private static final Comparator<Profile> LARGEST =
            Comparator.comparingLong(Profile::pixels).reversed().thenComparing(Profile::codec);

    private ProfileChoice() {}

    /**
     * The one of that name, whatever it holds; without a name the smallest that is at least so wide and high, else the
     * largest. Of the same size, the one that is easier to decode, then the one that the device names first.
     *
     * @param wanted token or name; null for any. A token goes before a name.
     * @return empty if there is none of that name, or none that can be decoded
     */
    static Optional<Profile> of(List<Profile> profiles, String wanted, int width, int height) {
        if (wanted != null) {
            return profiles.stream().filter(p -> p.isCalled(wanted)).min(Comparator.comparing(p -> !p.token()
                    .equals(wanted)));
        }
        List<Profile> usable = profiles.stream().filter(Profile::isUsable).toList();
        return usable.stream()
                .filter(p -> p.covers(width, height))
                .min(SMALLEST)
                .or(() -> usable.stream().min(LARGEST));
    }
}

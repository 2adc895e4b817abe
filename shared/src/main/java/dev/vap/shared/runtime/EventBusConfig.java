package dev.vap.shared.runtime;

import dev.vap.shared.config.ConfigException;
import dev.vap.shared.config.Setting;
import dev.vap.shared.config.Settings;
import dev.vap.shared.config.VapSettings;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.net.PfxOptions;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.UnrecoverableKeyException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Address and TLS of the event bus. With TLS every member shows a certificate, and talks to those only whose certificate
 * comes from the authority in the trust store; names in certificates are not checked.
 */
final class EventBusConfig {

    private static final List<Setting<?>> TLS = List.of(
            VapSettings.EVENT_BUS_TLS_KEYSTORE,
            VapSettings.EVENT_BUS_TLS_TRUSTSTORE,
            VapSettings.EVENT_BUS_TLS_PASSWORD);

    private EventBusConfig() {}

    /**
     * @throws ConfigException if TLS is wanted and can't work
     */
    static EventBusOptions from(Settings settings) {
        EventBusOptions options =
                new EventBusOptions().setHost(host(settings)).setPort(settings.get(VapSettings.EVENT_BUS_PORT));
        if (isTls(settings)) {
            Path keys = settings.get(VapSettings.EVENT_BUS_TLS_KEYSTORE);
            Path trusted = settings.get(VapSettings.EVENT_BUS_TLS_TRUSTSTORE);
            String password = settings.get(VapSettings.EVENT_BUS_TLS_PASSWORD);
            checkKeys(keys, password);
            checkTrusted(trusted, password);
            options.setSsl(true)
                    .setKeyCertOptions(pfx(keys, password))
                    .setTrustOptions(pfx(trusted, password))
                    .setClientAuth(ClientAuth.REQUIRED)
                    // The default of the event bus is true.
                    .setTrustAll(false);
        }
        return options;
    }

    static String host(Settings settings) {
        return settings.find(VapSettings.EVENT_BUS_HOST).orElseGet(() -> settings.get(VapSettings.CLUSTER_HOST));
    }

    private static boolean isTls(Settings settings) {
        List<String> missing = TLS.stream()
                .filter(setting -> settings.find(setting).isEmpty())
                .map(Setting::key)
                .toList();
        if (missing.isEmpty() || missing.size() == TLS.size()) {
            return missing.isEmpty();
        }
        String all = TLS.stream().map(Setting::key).collect(Collectors.joining(", "));
        throw problem(all + " belong together: set all of them or none; not set: " + String.join(", ", missing) + ".");
    }

    private static PfxOptions pfx(Path file, String password) {
        return new PfxOptions().setPath(file.toString()).setPassword(password);
    }

    private static void checkKeys(Path file, String password) {
        String key = VapSettings.EVENT_BUS_TLS_KEYSTORE.key();
        KeyStore store = load(key, file, password);
        try {
            for (String alias : Collections.list(store.aliases())) {
                if (store.isKeyEntry(alias)) {
                    store.getKey(alias, password.toCharArray());
                    if (store.getCertificate(alias) instanceof X509Certificate certificate) {
                        certificate.checkValidity();
                    }
                    return;
                }
            }
        } catch (CertificateExpiredException | CertificateNotYetValidException e) {
            throw problem("The certificate in " + file + " (" + key + ") is not valid today: issue a new one.");
        } catch (UnrecoverableKeyException e) {
            throw problem("EVENT_BUS_TLS_PASSWORD does not open the key in " + file + " (" + key + ").");
        } catch (GeneralSecurityException e) {
            throw problem(file + " (" + key + ") can't be used: " + e.getMessage() + ".");
        }
        throw problem(file + " (" + key + ") has no key in it: it needs the key and certificate of this process.");
    }

    private static void checkTrusted(Path file, String password) {
        String key = VapSettings.EVENT_BUS_TLS_TRUSTSTORE.key();
        KeyStore store = load(key, file, password);
        try {
            for (String alias : Collections.list(store.aliases())) {
                if (store.isCertificateEntry(alias)) {
                    return;
                }
            }
        } catch (GeneralSecurityException e) {
            throw problem(file + " (" + key + ") can't be used: " + e.getMessage() + ".");
        }
        throw problem(file + " (" + key
                + ") has no certificate in it that may be trusted: it needs the one of your certificate authority.");
    }

    private static KeyStore load(String key, Path file, String password) {
        if (!Files.isRegularFile(file)) {
            throw problem("There is no file " + file + ": set " + key + " to a PKCS#12 file.");
        }
        try (InputStream in = Files.newInputStream(file)) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(in, password.toCharArray());
            return store;
        } catch (IOException | GeneralSecurityException e) {
            if (e.getCause() instanceof UnrecoverableKeyException) {
                throw problem("EVENT_BUS_TLS_PASSWORD does not open " + file + " (" + key + ").");
            }
            throw problem(file + " (" + key + ") can't be read as a PKCS#12 file.");
        }
    }

    private static ConfigException problem(String text) {
        return new ConfigException(List.of(text));
    }
}

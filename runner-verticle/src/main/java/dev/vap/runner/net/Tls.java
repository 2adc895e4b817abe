package dev.vap.runner.net;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/** Whom connections with TLS trust. */
final class Tls {

    private Tls() {}

    /**
     * Trusts certificates of known authorities that are made out to the host.
     *
     * @param caFile PEM file of the authorities; null for those of Java
     * @throws IllegalArgumentException if the file can't be used, saying why
     */
    static SSLContext verifying(Path caFile) {
        try {
            if (caFile == null) {
                return SSLContext.getDefault();
            }
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(authorities(caFile));
            return context(factory.getTrustManagers());
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "SOURCE_CA_FILE: " + caFile + " can't be read: check its path and permissions.", e);
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException(
                    "SOURCE_CA_FILE: " + caFile + " holds no certificates in PEM form that can be used.", e);
        }
    }

    private static KeyStore authorities(Path caFile) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        Collection<? extends Certificate> certificates;
        try (InputStream in = Files.newInputStream(caFile)) {
            certificates = CertificateFactory.getInstance("X.509").generateCertificates(in);
        }
        if (certificates.isEmpty()) {
            throw new GeneralSecurityException("no certificate");
        }
        for (Certificate certificate : certificates) {
            store.setCertificateEntry("authority-" + store.size(), certificate);
        }
        return store;
    }

    /** Trusts everybody: cameras have certificates of their own making. Encrypts, but proves nothing. */
    static SSLContext trusting() {
        try {
            return context(new TrustManager[] {new Everybody()});
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has TLS", e);
        }
    }

    private static SSLContext context(TrustManager[] trusted) throws GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trusted, null);
        return context;
    }

    /** An extended one, since Java adds the check of the host name to all others. */
    private static final class Everybody extends X509ExtendedTrustManager {

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}

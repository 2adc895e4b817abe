package dev.vap.shared.runtime;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A certificate authority and what it issues, made with the JDK's keytool. */
record KeyStores(Path directory, String password) {

    /** A PKCS#12 file with a new authority's key. */
    Path authority(String name) throws IOException, InterruptedException {
        Path store = directory.resolve(name + "-key.p12");
        keytool(List.of(
                "-genkeypair",
                "-alias",
                "ca",
                "-keyalg",
                "EC",
                "-dname",
                "CN=" + name,
                "-ext",
                "bc:c",
                "-keystore",
                store.toString()));
        return store;
    }

    /** A PKCS#12 file with nothing but the authority's certificate. */
    Path trustStore(Path authority) throws IOException, InterruptedException {
        Path certificate = export(authority);
        Path store = directory.resolve(authority.getFileName() + "-trust.p12");
        importCertificate(store, "ca", certificate);
        return store;
    }

    /** A PKCS#12 file with a key and a certificate that the authority issued. */
    Path keyStore(Path authority, String name) throws IOException, InterruptedException {
        Path store = directory.resolve(name + ".p12");
        Path request = directory.resolve(name + ".csr");
        Path certificate = directory.resolve(name + ".pem");
        keytool(List.of(
                "-genkeypair", "-alias", name, "-keyalg", "EC", "-dname", "CN=" + name, "-keystore", store.toString()));
        keytool(List.of("-certreq", "-alias", name, "-file", request.toString(), "-keystore", store.toString()));
        keytool(List.of(
                "-gencert",
                "-alias",
                "ca",
                "-rfc",
                "-infile",
                request.toString(),
                "-outfile",
                certificate.toString(),
                "-keystore",
                authority.toString()));
        importCertificate(store, "ca", export(authority));
        importCertificate(store, name, certificate);
        return store;
    }

    private Path export(Path authority) throws IOException, InterruptedException {
        Path certificate = directory.resolve(authority.getFileName() + ".pem");
        keytool(List.of(
                "-exportcert",
                "-alias",
                "ca",
                "-rfc",
                "-file",
                certificate.toString(),
                "-keystore",
                authority.toString()));
        return certificate;
    }

    private void importCertificate(Path store, String alias, Path certificate)
            throws IOException, InterruptedException {
        keytool(List.of(
                "-importcert",
                "-noprompt",
                "-alias",
                alias,
                "-file",
                certificate.toString(),
                "-keystore",
                store.toString()));
    }

    private void keytool(List<String> arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(arguments);
        command.addAll(List.of("-storetype", "PKCS12", "-storepass", password));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
            throw new IOException(arguments.get(0) + ": " + output);
        }
    }
}

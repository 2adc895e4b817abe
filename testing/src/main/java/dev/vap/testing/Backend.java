package dev.vap.testing;

/** The two servers all tests of this JVM share. */
interface Backend extends AutoCloseable {
    /** For the line that says where the servers come from. */
    String description();

    Databases databases();

    String kafkaBootstrap();

    @Override
    void close();
}

/**
 * Sources read from other people's servers, which are programs of Debian and npm that scripts beside the checkout start on
 * loopback: {@code VAP_PEERS} names the folder of the scripts, {@code VAP_PEERS_NPM} that of the npm packages, and the
 * script {@code install.sh} installs both kinds.
 *
 * <p>{@code mvn verify -Ppeers -pl runner-verticle -am} runs these tests and no others. What is not installed is left out
 * with a line that names it.
 */
package dev.vap.runner.peers;

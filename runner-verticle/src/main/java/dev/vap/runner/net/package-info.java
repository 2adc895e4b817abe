/**
 * Connections to sources that are not FFmpeg's: where they may go, how often they are tried, and HTTP with redirects and
 * logins. Everything blocks, within a deadline, and ends when it is cancelled; never to be called on an event loop.
 */
package dev.vap.runner.net;

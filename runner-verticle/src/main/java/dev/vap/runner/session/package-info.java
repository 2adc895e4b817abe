/**
 * One scenario being analysed: read, prepare, infer, publish. All state of a session is confined to the event-loop context
 * of the runner; everything that blocks (opening, decoding, scaling) runs on the pool {@code vap-session}, one task of a
 * session at a time, so that a source that hangs delays neither replies nor timers nor a stop.
 */
package dev.vap.runner.session;

/** Every message that crosses a process: its address or topic, its record, its codec, its version. */
package dev.vap.shared.protocol;

/** The {@code vap} command, and the whole platform in one JVM. */
package dev.vap.standalone;

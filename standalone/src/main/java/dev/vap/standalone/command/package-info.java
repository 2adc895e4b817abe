/** The {@code vap} command line, one class a command. */
package dev.vap.standalone.command;

package dev.vap.standalone.command;

import dev.vap.standalone.terminal.Console;
import java.util.Map;

/** What every command works with. */
record Context(Console console, Map<String, String> environment) {}

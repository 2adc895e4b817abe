package dev.vap.standalone.command;

import dev.vap.standalone.source.Discoverer;
import dev.vap.standalone.source.Prober;
import dev.vap.standalone.terminal.Console;
import java.util.Map;

/**
 * What every command works with.
 *
 * @param prober looks at sources in this process
 * @param discoverer looks for cameras in this process
 */
record Context(Console console, Map<String, String> environment, Prober prober, Discoverer discoverer) {}

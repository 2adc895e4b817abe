/** How networks are run on this machine: by settings, by measurement, by what is remembered of it. */
package dev.vap.inference.tuning;

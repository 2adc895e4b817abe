/** Loading native libraries out of jars, without leaving copies behind. */
package dev.vap.inference.natives;

/** {@code vap demo}: chooses a clip and a model, and shows every result of one scenario. */
package dev.vap.standalone.demo;

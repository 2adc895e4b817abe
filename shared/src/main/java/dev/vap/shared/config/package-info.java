/** Typed settings: declared once, checked whole at the start, every problem told in one error. */
package dev.vap.shared.config;

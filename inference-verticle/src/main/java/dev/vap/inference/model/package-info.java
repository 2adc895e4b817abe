/** Which models there are, how they are fetched and named, and what every kind of them must be able to do. */
package dev.vap.inference.model;

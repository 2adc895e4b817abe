/** Uploaded files: the folder they lie in, and how bytes get there. */
package dev.vap.api.media;

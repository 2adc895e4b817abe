/** All SQL of VAP. Nothing outside packages of this name imports the SQL client. */
package dev.vap.shared.storage;

/** YAML files as trees that know their lines; JSON is YAML too. The one package that knows the library. */
package dev.vap.inference.yaml;

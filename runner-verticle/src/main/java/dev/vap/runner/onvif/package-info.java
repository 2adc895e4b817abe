/**
 * ONVIF: finding devices on the network, and asking one for the address of its video. What devices say is not trusted: it is
 * bounded, parsed without entities, and can lead nowhere but to the device itself.
 */
package dev.vap.runner.onvif;

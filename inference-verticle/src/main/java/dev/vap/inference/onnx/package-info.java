/** ONNX Runtime: the only package that knows it. */
package dev.vap.inference.onnx;

/**
 * What people look at: a run's {@code report.html}, pictures of curves, confusion and augmentation,
 * and event files for TensorBoard. {@link io.github.cvt4j.report.RunRecorder} keeps all of them up
 * to date while a run goes on; nothing here can make a run fail.
 */
package io.github.cvt4j.report;

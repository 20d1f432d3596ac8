/**
 * QEMU as a program and as a process: the command line, the accelerator, who a process is and how it is ended. Ids and
 * numbers only ever reach a command line, never anything a user wrote.
 */
@NullMarked
package dev.oriel.host.qemu;

import org.jspecify.annotations.NullMarked;

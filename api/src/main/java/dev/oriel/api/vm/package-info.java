/** VMs: what users ask of them, what hosts report of them, and who hears about it. Postgres is the truth. */
@NullMarked
package dev.oriel.api.vm;

import org.jspecify.annotations.NullMarked;

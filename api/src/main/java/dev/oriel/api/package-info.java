/**
 * The API service: accounts, VMs, sessions, uploads, pages, metrics, queue workers and the reconciler. Its feature
 * packages use this one (configuration) and the {@code http} and {@code account} packages; this one names none of them.
 */
@NullMarked
package dev.oriel.api;

import org.jspecify.annotations.NullMarked;

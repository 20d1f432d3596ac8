/** What administrators do: other people's accounts, invitations, the audit log. */
@NullMarked
package dev.oriel.api.admin;

import org.jspecify.annotations.NullMarked;

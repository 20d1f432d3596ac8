/** People: accounts, their roles, what they may have and what they use. */
@NullMarked
package dev.oriel.api.account;

import org.jspecify.annotations.NullMarked;

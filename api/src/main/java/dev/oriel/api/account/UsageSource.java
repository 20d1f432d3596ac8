package dev.oriel.api.account;

import dev.oriel.core.account.UserId;

/** A part of Oriel that uses up quota (VMs, uploads): every bean of this type is asked, and the answers are added up. */
public interface UsageSource {
    /** What {@code owner} uses of it now. */
    Usage usage(UserId owner);
}

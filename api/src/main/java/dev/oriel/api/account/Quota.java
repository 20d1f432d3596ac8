package dev.oriel.api.account;

/** What one account may have at a time. JSON: plain numbers, as in {@code GET /auth/me}. */
public record Quota(int runningVms, int vcpus, int memoryMiB, long diskBytes) {}

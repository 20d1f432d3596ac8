package dev.oriel.api.audit;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** What can be found in the audit log. */
public enum Act {
    ACCOUNT_REGISTERED,
    ACCOUNT_MADE,
    ACCOUNT_CHANGED,
    PASSWORD_CHANGED,
    PASSWORD_RESET,
    SECOND_FACTOR_ADDED,
    SECOND_FACTOR_REMOVED,
    LOGIN_STARTED,
    LOGIN_REFUSED,
    LOGIN_ENDED,
    /** An old refresh token came back: stolen, or a broken client. */
    REFRESH_REUSED,
    TOKEN_MADE,
    TOKEN_REVOKED,
    TEAM_MADE,
    TEAM_CHANGED,
    TEAM_DELETED,
    MEMBER_SET,
    MEMBER_REMOVED,
    BUDGET_SET,
    BUDGET_WARNED,
    BUDGET_SPENT,
    SHARE_MADE,
    SHARE_ENDED,
    SESSION_ENDED,
    WEBHOOK_MADE,
    WEBHOOK_DELETED,
    /** An image that is not what it says, or would harm the host. */
    IMAGE_REFUSED,
    IDENTITY_LINKED,
    IDENTITY_UNLINKED,
    INVITATION_MADE,
    INVITATION_WITHDRAWN;

    /** The form in JSON and in the database. */
    @JsonValue
    public String slug() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The act with this slug. */
    public static Act of(String slug) {
        return valueOf(slug.toUpperCase(Locale.ROOT).replace('-', '_'));
    }
}

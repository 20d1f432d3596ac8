// The error page has nothing to do but to be there.

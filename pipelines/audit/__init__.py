"""The audit: what is wrong or weak about a data set, before anything is trained."""

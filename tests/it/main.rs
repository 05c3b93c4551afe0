mod claims;
mod ledger;

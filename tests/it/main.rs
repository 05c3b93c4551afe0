mod alerts;
mod claims;
mod ledger;
mod rules;

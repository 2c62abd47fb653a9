CREATE TABLE crmlib_campaigns ( id INTEGER NOT NULL, name VARCHAR NOT NULL, PRIMARY KEY (id),
UNIQUE (name) );
INSERT INTO "crmlib_campaigns" VALUES(1,'winback');
CREATE TABLE crmlib_consents ( id INTEGER NOT NULL, customer_id VARCHAR NOT NULL, medium VARCHAR
NOT NULL, purpose VARCHAR NOT NULL, at BIGINT NOT NULL, granted BOOLEAN NOT NULL, PRIMARY KEY
(id), UNIQUE (customer_id, medium, purpose, at, granted) );
INSERT INTO "crmlib_consents" VALUES(1,'C009','email','advertising',1323658800000000,0);
CREATE TABLE crmlib_deliveries ( id INTEGER NOT NULL, campaign_id INTEGER NOT NULL, run_id
INTEGER NOT NULL, message_key VARCHAR NOT NULL, endpoint_hash BLOB NOT NULL, payload_hash BLOB
NOT NULL, customer_id VARCHAR NOT NULL, channel VARCHAR NOT NULL, medium VARCHAR NOT NULL, state
VARCHAR(8) NOT NULL CHECK (state IN ('planned', 'claimed', 'accepted', 'rejected', 'unknown',
'expired', 'blocked', 'dead')), attempts INTEGER NOT NULL, due_at BIGINT NOT NULL, not_after
BIGINT NOT NULL, claim_token VARCHAR(32), claimed_at BIGINT, lease_until BIGINT, key_until
BIGINT, finished_at BIGINT, provider_id VARCHAR, detail VARCHAR, PRIMARY KEY (id), UNIQUE
(campaign_id, endpoint_hash), UNIQUE (campaign_id, message_key), FOREIGN KEY(campaign_id)
REFERENCES crmlib_campaigns (id), FOREIGN KEY(run_id) REFERENCES crmlib_runs (id) );
INSERT INTO "crmlib_deliveries"
VALUES(1,1,1,'winback-C000-example.com',X'FAA6C54DDB608C9B547723AB74EB0C30',X'6B848F8F659BE23D6B95C4DF4A43F77DF456E60C00E58DD6973FCEA452A7925F','C000','fake','email','accepted',1,1323658800000000,1324263600000000,'0825762aa7d4926f5697c5e2a7060305',1323658800000000,1323659400000000,NULL,1323658800000000,'id-1',NULL);
INSERT INTO "crmlib_deliveries"
VALUES(2,1,1,'winback-C001-example.com',X'68DF3C02F8C2D54AE90A0663D81181F1',X'B72EAC3029E4B4E31E39BFD83A516E10718FB3B78FB99D718193541CC07EBFE5','C001','fake','email','planned',0,1323745200000000,1324263600000000,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE crmlib_events ( id INTEGER NOT NULL, delivery_id INTEGER NOT NULL, at BIGINT NOT
NULL, state VARCHAR(8) NOT NULL, attempt INTEGER NOT NULL, detail VARCHAR, PRIMARY KEY (id),
FOREIGN KEY(delivery_id) REFERENCES crmlib_deliveries (id) );
INSERT INTO "crmlib_events" VALUES(1,1,1323658800000000,'planned',0,NULL);
INSERT INTO "crmlib_events" VALUES(2,2,1323658800000000,'planned',0,NULL);
INSERT INTO "crmlib_events" VALUES(3,1,1323658800000000,'claimed',1,NULL);
INSERT INTO "crmlib_events" VALUES(4,1,1323658800000000,'accepted',1,NULL);
CREATE TABLE crmlib_ledger ( id INTEGER NOT NULL CHECK (id = 1), schema_version INTEGER NOT
NULL, token VARCHAR(32) NOT NULL, salt BLOB NOT NULL, home VARCHAR(64) NOT NULL, generation
BIGINT NOT NULL, PRIMARY KEY (id) );
INSERT INTO "crmlib_ledger"
VALUES(1,1,'e6aae29296f6df58a8fcd6b2acf80073',X'7D0F3907BB7A227C0768D8363EDAAD4211C7EAA538671E2834A667AC143A51C4','2492887',1);
CREATE TABLE crmlib_runs ( id INTEGER NOT NULL, campaign_id INTEGER NOT NULL, digest VARCHAR(64)
NOT NULL, approved_at BIGINT NOT NULL, planned INTEGER NOT NULL, position INTEGER NOT NULL,
enrolled INTEGER NOT NULL, taken_over INTEGER NOT NULL, enrolled_before INTEGER NOT NULL,
handed_over INTEGER NOT NULL, PRIMARY KEY (id), UNIQUE (campaign_id, digest), CHECK (position =
enrolled + taken_over + enrolled_before), CHECK (position <= planned), FOREIGN KEY(campaign_id)
REFERENCES crmlib_campaigns (id) );
INSERT INTO "crmlib_runs"
VALUES(1,1,'f73ecc65d6ac8c792edc0ec5774350fe9b3843639ba021a94c3605f6c795142d',1323658800000000,2,2,2,0,0,0);
CREATE TABLE crmlib_suppressions ( endpoint_hash BLOB NOT NULL, at BIGINT NOT NULL, source
VARCHAR NOT NULL, PRIMARY KEY (endpoint_hash) );
INSERT INTO "crmlib_suppressions"
VALUES(X'9A683266DC4CE6ED6F98D0CC56C46AB4',1323658800000000,'opt-out page');
CREATE INDEX crmlib_deliveries_due ON crmlib_deliveries (run_id, state, due_at);
CREATE INDEX ix_crmlib_events_delivery_id ON crmlib_events (delivery_id);
CREATE TRIGGER crmlib_events_no_update BEFORE UPDATE ON crmlib_events BEGIN SELECT RAISE(ABORT,
'the log of events is only added to'); END;
CREATE TRIGGER crmlib_events_no_delete BEFORE DELETE ON crmlib_events BEGIN SELECT RAISE(ABORT,
'the log of events is only added to'); END;

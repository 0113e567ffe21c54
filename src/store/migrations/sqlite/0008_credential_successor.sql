-- A credential has one successor: of two rotations at once only one may make one.
ALTER TABLE scim_credentials ADD COLUMN successor TEXT;

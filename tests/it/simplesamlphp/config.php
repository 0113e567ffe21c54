<?php
// SimpleSAMLphp on loopback, with everything it reads and writes in this one folder.
$config = [
    // Empty: addresses are made from the Host header, because the port is known only once the server listens.
    'baseurlpath' => '',
    'certdir' => __DIR__ . '/cert/',
    'metadatadir' => __DIR__ . '/metadata/',
    'loggingdir' => __DIR__ . '/log/',
    'datadir' => __DIR__ . '/data/',
    'tempdir' => __DIR__ . '/tmp/',
    'session.phpsession.savepath' => __DIR__ . '/sessions/',
    'store.type' => 'phpsession',
    'logging.handler' => 'file',
    'logging.level' => SimpleSAML\Logger::INFO,
    'timezone' => 'UTC',
    'production' => true,
    'showerrors' => true,
    'errorreporting' => false,
    'admin.checkforupdates' => false,

    // Guards nothing: the server lives for one test, on loopback.
    'secretsalt' => 'a salt for one test',
    'auth.adminpassword' => 'nobody signs in as the administrator',

    // Plain HTTP.
    'session.cookie.secure' => false,
    'session.cookie.samesite' => null,
    'language.cookie.secure' => false,
    'language.cookie.samesite' => null,

    'enable.saml20-idp' => true,
    'module.enable' => ['core' => true, 'saml' => true, 'exampleauth' => true],
];

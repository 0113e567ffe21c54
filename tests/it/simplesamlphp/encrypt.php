// Encrypts the assertion of a response with the library that SimpleSAMLphp encrypts with, as it does, but with algorithms
// of the caller's choice. Arguments: content algorithm, key transport, certificate, and what loads the library; the response goes in and comes out.
require $argv[4];

use RobRichards\XMLSecLibs\XMLSecEnc;
use RobRichards\XMLSecLibs\XMLSecurityKey;

const SAML = 'urn:oasis:names:tc:SAML:2.0:assertion';
[, $algorithm, $transport, $certificate] = $argv;

$document = new DOMDocument();
$document->loadXML(stream_get_contents(STDIN));
$assertion = $document->getElementsByTagNameNS(SAML, 'Assertion')->item(0);
// In a document of its own, so that it declares its namespaces itself.
$alone = new DOMDocument();
$alone->appendChild($alone->importNode($assertion, true));

$recipient = new XMLSecurityKey($transport, ['type' => 'public']);
$recipient->loadKey($certificate, true, true);
$key = new XMLSecurityKey($algorithm);
$key->generateSessionKey();
$encryption = new XMLSecEnc();
$encryption->setNode($alone->documentElement);
$encryption->type = XMLSecEnc::Element;
$encryption->encryptKey($recipient, $key);
$data = $encryption->encryptNode($key);

$encrypted = $document->createElementNS(SAML, 'saml:EncryptedAssertion');
$encrypted->appendChild($document->importNode($data, true));
$assertion->parentNode->replaceChild($encrypted, $assertion);
echo $document->saveXML();

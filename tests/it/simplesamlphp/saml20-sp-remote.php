<?php
// The service providers that the test registered, as it wrote them down beside this file: by settings, or by their own
// metadata and settings that go before it.
$metadata = json_decode(file_get_contents(__DIR__ . '/service-providers.json'), true, 8, JSON_THROW_ON_ERROR);
foreach ($metadata as &$entry) {
    if (isset($entry['metadata'])) {
        $read = SimpleSAML\Metadata\SAMLParser::parseString($entry['metadata'])->getMetadata20SP();
        unset($entry['metadata']);
        $entry += $read;
    }
}
unset($entry);

<?php
// The service providers that the test registered, as it wrote them down beside this file.
$metadata = json_decode(file_get_contents(__DIR__ . '/service-providers.json'), true, 8, JSON_THROW_ON_ERROR);

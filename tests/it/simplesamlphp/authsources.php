<?php
// The people who can sign in: `username:password` and their attributes.
$config = [
    'people' => [
        'exampleauth:UserPass',
        'alice:wonderland' => [
            'uid' => ['alice'],
            'mail' => ['alice@example.org'],
            'displayName' => ['Alice Liddell'],
            'groups' => ['staff', 'engineers', 'on-call'],
        ],
        // Values that a careless reader or writer would damage.
        'zoë:käse & "brot"' => [
            'uid' => ['zoë'],
            'mail' => ['zoe+<tag>@example.org'],
            'displayName' => ["Zoë Müller & Töchter\r\n<\"GmbH\">"],
            'groups' => ['R&D', ' padded ', '日本'],
        ],
    ],
];

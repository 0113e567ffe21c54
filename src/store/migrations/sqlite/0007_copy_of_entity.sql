-- A copy is known by the entity that its connection names, too: of an aggregate nothing but that entity is kept.
UPDATE metadata_copies SET url = url || '#entity=' || (
    SELECT json_extract(document, '$.trust.entity_id') FROM connections WHERE id = metadata_copies.connection
) WHERE connection IN (
    SELECT id FROM connections WHERE json_extract(document, '$.trust.kind') IN ('metadata-url', 'metadata-xml')
    AND json_extract(document, '$.trust.entity_id') IS NOT NULL
);
UPDATE metadata_refreshes SET state = json_set(state, '$.source', json_extract(state, '$.source') || '#entity=' || (
    SELECT json_extract(document, '$.trust.entity_id') FROM connections WHERE id = metadata_refreshes.connection
)) WHERE json_extract(state, '$.source') IS NOT NULL AND connection IN (
    SELECT id FROM connections WHERE json_extract(document, '$.trust.kind') IN ('metadata-url', 'metadata-xml')
    AND json_extract(document, '$.trust.entity_id') IS NOT NULL
);

-- 0071_incident_words: a line of an incident's log speaks one language in each of its columns.
-- Answers to a procedure's steps, and who had an incident before, were written in both languages
-- joined. What such a line says stays: each column keeps its own half.
-- Online-safe (updates a few rows of a table that is only appended to).
UPDATE incident_entry line
   SET text_es = replace(line.text_es, said.both, ' → ' || said.es),
       text_en = replace(line.text_en, said.both, ' → ' || said.en)
  FROM (SELECT incident_id, step ->> 'id' AS step_id, branch ->> 'es' AS es, branch ->> 'en' AS en,
               ' → ' || (branch ->> 'es') || '/' || (branch ->> 'en') AS both
          FROM incident
          JOIN sop ON sop.sop_id = incident.sop_id AND sop.version = incident.sop_version
         CROSS JOIN jsonb_path_query(document, '$.steps[*]') step
         CROSS JOIN jsonb_path_query(step, '$.branches[*]') branch) said
 WHERE line.kind = 'step_done' AND line.incident_id = said.incident_id
   AND line.detail ->> 'step_id' = said.step_id
   AND (strpos(line.text_es, said.both) > 0 OR strpos(line.text_en, said.both) > 0);

UPDATE incident_entry
   SET text_es = replace(text_es, ' (antes/before: ', ' (antes: '),
       text_en = replace(text_en, ' (antes/before: ', ' (before: ')
 WHERE kind = 'take' AND strpos(text_es, ' (antes/before: ') > 0;

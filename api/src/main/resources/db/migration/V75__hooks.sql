-- How far a guest that began as a copy has been told who it is and what time it is.
ALTER TABLE vm ADD COLUMN hooks text CHECK (hooks IN ('pending', 'done', 'failed'));

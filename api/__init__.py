"""POST /potabilidad, and the window on alarms and sensors."""

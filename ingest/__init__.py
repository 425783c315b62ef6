"""From the MQTT packet to the committed consequence."""

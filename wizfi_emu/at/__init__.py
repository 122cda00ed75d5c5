"""The wire format: lines, parameters, responses, received-data header, escape, packets. Pure and small."""

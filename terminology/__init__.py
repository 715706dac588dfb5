"""Words: what hormone results, units, drugs and conditions are called and measured in; knows no patient."""

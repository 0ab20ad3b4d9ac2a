"""Sales forecasts by ARIMA models."""

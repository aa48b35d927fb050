data {
  int<lower=0> N;
  int<lower=0> J;
  array[N] int<lower=1, upper=J> county;
  vector[N] floor_measure;
  vector[N] uranium;
  vector[N] log_radon;
}
transformed data {
  vector[N] uranium_floor = uranium .* floor_measure;
}
parameters {
  real mu_a;
  real mu_b;
  real gamma_u;
  real gamma_fu;
  real<lower=0> tau_a;
  real<lower=0> tau_b;
  real<lower=0> sigma;
  vector[J] z_a;
  vector[J] z_b;
}
model {
  vector[J] a = mu_a + tau_a * z_a;
  vector[J] b = mu_b + tau_b * z_b;
  mu_a ~ normal(0, 5);
  mu_b ~ normal(0, 5);
  gamma_u ~ normal(0, 5);
  gamma_fu ~ normal(0, 5);
  tau_a ~ normal(0, 1);
  tau_b ~ normal(0, 1);
  sigma ~ cauchy(0, 2.5);
  z_a ~ std_normal();
  z_b ~ std_normal();
  log_radon ~ normal(a[county] + b[county] .* floor_measure + gamma_u * uranium + gamma_fu * uranium_floor, sigma);
}

data {
  int<lower=0> N;
  vector[N] effect;
  vector<lower=0>[N] standard_error;
}
parameters {
  real mu;
  real<lower=0> tau;
  vector[N] z;
}
model {
  mu ~ normal(0, 5);
  tau ~ cauchy(0, 5);
  z ~ std_normal();
  effect ~ normal(mu + tau * z, standard_error);
}

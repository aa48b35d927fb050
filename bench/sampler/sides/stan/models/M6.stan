data {
  int<lower=0> N;
  int<lower=0> D;
  matrix[N, D] x;
  vector[N] y;
}
parameters {
  vector[D] beta;
  real<lower=0> sigma;
}
model {
  beta ~ normal(0, 2.5);
  sigma ~ cauchy(0, 2.5);
  y ~ normal_id_glm(x, 0.0, beta, sigma);
}

transformed data {
  int N = 200;
  real rho = 0.9;
}
parameters {
  vector[N] x;
}
model {
  x[1] ~ normal(0, inv_sqrt(1 - square(rho)));
  x[2 : N] ~ normal(rho * x[1 : N - 1], 1);
}
